# The fuzz target of the interpreter runs it in the driver, which needs the library after it.
$(B)/flow_step_fuzz: $(B)/obj/test/flow_driver.o
$(B)/flow_step_fuzz: LDLIBS = $(B)/libsheaf.a $(shell pkg-config --libs $(LIBRARIES)) -lm
