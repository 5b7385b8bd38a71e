# The stand-in partners as a program, the demo, and the crash test. None of it is linked into sheaf.
$(B)/partners: $(call OBJ,$(PARTNERS_LIB) partners/main.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
