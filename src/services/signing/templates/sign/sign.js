// What the signing page can do more where scripts run: drawing a signature, telling which page is in
// view, and sending a form once. Without it everything else works.
"use strict";

const canvas = document.querySelector("[data-canvas]");
const image = document.querySelector("[data-image]");

function startDrawing() {
  const pen = canvas.getContext("2d");
  let last = null;

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) * (canvas.width / box.width),
      y: (event.clientY - box.top) * (canvas.height / box.height),
    };
  }

  function line(from, to) {
    pen.lineWidth = 3;
    pen.lineCap = "round";
    pen.strokeStyle = "#10233f";
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x + 0.01, to.y);
    pen.stroke();
  }

  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    line(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = place(event);
    line(last, next);
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (!last) return;
      last = null;
      image.value = canvas.toDataURL("image/png");
    });
  }
  document.querySelector("[data-clear]").addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    image.value = "";
  });
  document.querySelector("[data-drawing]").hidden = false;
}

function tellPage() {
  const pages = document.querySelector("[data-pages]");
  const where = document.querySelector("[data-where]");
  const figures = pages.querySelectorAll("figure");

  if (figures.length < 2) return;
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) where.textContent = entry.target.dataset.page + " / " + figures.length;
      }
    },
    { root: pages, rootMargin: "-45% 0px -45% 0px" },
  );
  for (const figure of figures) watcher.observe(figure);
  where.hidden = false;
}

function sendOnce() {
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", () => {
      const button = form.querySelector("button[type=submit]");
      button.disabled = true;
      if (button.dataset.wait) button.textContent = button.dataset.wait;
    });
  }
  // Back from another page: the form can be sent again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}

if (canvas && image) startDrawing();
if (document.querySelector("[data-pages]")) tellPage();
sendOnce();
