# AWS's own clients against the server: Debian's awscli, and the npm package for Step Functions, put
# into build/clients when it is missing. `make test` runs it with those that are there.
.PHONY: states clients
CLIENTS := build/clients/node_modules/@aws-sdk/client-sfn

$(CLIENTS):
	@mkdir -p build/clients
	@npm install --silent --no-audit --no-fund --fetch-retries=1 --prefix build/clients @aws-sdk/client-sfn

# Where there is no npm, or it reaches nothing, the tests that need it are skipped and counted.
clients:
	@command -v npm >/dev/null && $(MAKE) --no-print-directory $(CLIENTS) || echo 'no client of npm'

states: packages $(CLIENTS)
	@tools/packages awscli
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/sheaf
	@test/scenario/states
