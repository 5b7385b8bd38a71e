// Prints the cases of the differential test of JSONata, one JSON object a line: the expression, what
// it works on, and what npm's jsonata makes of it.
//   node reference.mjs MODULE_FOLDER CORPUS SEED COUNT
// CORPUS is a file as corpus.txt; COUNT expressions more are generated from SEED.
// Each is evaluated in a worker, because the reference may loop or fill its memory for ever.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Generator } from './generate.mjs';

const [folder, corpus, seed, count] = isMainThread ? process.argv.slice(2) : [workerData];
const NOW_MS = 1700000000000;
const TIME_MS = 2000;
const MEMORY_MB = 200;
const CALLS_MAX = 500;

// $now() and $millis() are asked of the clock; it stands still, and time is measured otherwise.
const RealDate = Date;
globalThis.Date = class extends RealDate {
    constructor(...parts) {
        super(...(parts.length ? parts : [NOW_MS]));
    }
};
const jsonata = createRequire(folder + '/')('jsonata');

// A built-in function remembers where it was called last, and errors tell it: forget that, so that
// a case does not depend on those before it.
const NAMES = ['sum', 'count', 'max', 'min', 'average', 'string', 'substring', 'substringBefore',
    'substringAfter', 'lowercase', 'uppercase', 'length', 'trim', 'pad', 'match', 'contains', 'replace',
    'split', 'join', 'formatNumber', 'formatBase', 'formatInteger', 'parseInteger', 'number', 'floor',
    'ceil', 'round', 'abs', 'sqrt', 'power', 'random', 'boolean', 'not', 'map', 'zip', 'filter', 'single',
    'reduce', 'sift', 'keys', 'lookup', 'append', 'exists', 'spread', 'merge', 'reverse', 'each', 'error',
    'assert', 'type', 'sort', 'shuffle', 'distinct', 'base64encode', 'base64decode', 'encodeUrlComponent',
    'encodeUrl', 'decodeUrlComponent', 'decodeUrl', 'eval', 'toMillis', 'fromMillis', 'clone'];
const builtins = [];
for (const name of NAMES) builtins.push(await jsonata('$' + name).evaluate());
const forget = () => {
    for (const f of builtins) {
        delete f.token;
        delete f.position;
    }
};

const isFunction = (v) =>
    typeof v === 'function' || (v && (v._jsonata_lambda === true || v._jsonata_function === true));

// A function is no JSON: absent as a result and in objects, null in arrays.
function plain(v) {
    if (isFunction(v)) return undefined;
    if (Array.isArray(v)) return Array.from(v, (item) => plain(item) ?? null);
    if (v && typeof v === 'object')
        return Object.fromEntries(Object.entries(v).map(([k, item]) => [k, plain(item)]));
    return v;
}

async function run({ expr, input, bindings }) {
    forget();
    try {
        const compiled = jsonata(expr, { stack: CALLS_MAX, timeout: TIME_MS });
        const result = await compiled.evaluate(input, bindings);
        return { result: plain(result) };
    } catch (e) {
        return { code: e.code ?? 'none', position: e.position, message: e.message };
    }
}

let worker = null;

// What is given up counts as the reference tripping over itself.
function evaluate(c) {
    return new Promise((resolve) => {
        worker ??= new Worker(new URL(import.meta.url), {
            workerData: folder,
            resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
        });
        const giveUp = () => {
            worker?.terminate();
            worker = null;
            resolve({ code: 'none' });
        };
        const timer = setTimeout(giveUp, TIME_MS * 2);
        worker.removeAllListeners();
        worker.once('error', () => (clearTimeout(timer), giveUp()));
        worker.once('message', (outcome) => (clearTimeout(timer), resolve(outcome)));
        worker.postMessage(JSON.stringify(c));
    });
}

function* handWritten() {
    let input;
    let bindings;
    for (const line of readFileSync(corpus, 'utf8').split('\n')) {
        const named = /^input \S+ (.*)/.exec(line);
        if (named) {
            input = JSON.parse(named[1]);
            bindings = undefined;
        } else if (line.startsWith('bindings ')) {
            bindings = JSON.parse(line.slice('bindings '.length));
        } else if (line.trim() && !line.startsWith('#')) {
            yield { expr: line, input, bindings };
        }
    }
}

function* generated() {
    const generator = new Generator(Number(seed));
    for (let i = 0; i < Number(count); i++) yield generator.next();
}

async function main() {
    for (const cases of [handWritten(), generated()])
        for (const c of cases)
            process.stdout.write(JSON.stringify({ ...c, ...(await evaluate(c)) }) + '\n');
    worker?.terminate();
}

if (isMainThread) main();
else
    parentPort.on('message', async (c) => {
        const outcome = await run(JSON.parse(c)); // a copy: the evaluation marks what it works on
        parentPort.postMessage(JSON.parse(JSON.stringify(outcome)));
    });
