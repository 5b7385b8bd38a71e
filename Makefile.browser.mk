# A browser signs: Debian's Chromium, driven by playwright-core of npm, against the running server.
# Looks are kept in build/browser. Not part of CI.
.PHONY: browser
PLAYWRIGHT := build/clients/node_modules/playwright-core

$(PLAYWRIGHT):
	@mkdir -p build/clients
	@npm install --silent --no-audit --no-fund --fetch-retries=1 --prefix build/clients playwright-core

browser: packages $(PLAYWRIGHT)
	@tools/packages chromium
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/sheaf
	@test/scenario/browser
