# `sheaf worker`: functions in processes of their own. The test's function is a program; AWS's own
# runtime client for Node is built from npm into build/clients, which takes minutes, and what does
# not build is skipped.
.PHONY: worker
RUNTIME_CLIENT_PACKAGES := $(shell sed -n 's/^worker: *\([^ \#]*\).*/\1/p' tools/packages.txt)
RUNTIME_CLIENT := build/clients/node_modules/aws-lambda-ric

$(B)/function: $(call OBJ,test/worker/function.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(RUNTIME_CLIENT):
	@tools/packages $(RUNTIME_CLIENT_PACKAGES)
	@mkdir -p build/clients
	@npm install --silent --no-audit --no-fund --prefix build/clients aws-lambda-ric

worker: packages
	@$(MAKE) --no-print-directory $(RUNTIME_CLIENT) || echo 'aws-lambda-ric does not build here'
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/sheaf build/san/function
	@test/scenario/worker
