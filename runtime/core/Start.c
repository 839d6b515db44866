// The first instruction of a compiled model: no crt1.o is linked, so that linking needs no files of the C library.
extern int nnrt_main(int argc, char **argv);
extern int __libc_start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                             void (*)(void), void *);

static int callMain(int argc, char **argv, char **environment) {
  (void)environment;
  return nnrt_main(argc, argv);
}

__attribute__((used, visibility("hidden"))) void nnrt_start_c(long *stack) {
  __libc_start_main(callMain, (int)stack[0], (char **)(stack + 1), 0, 0, 0, 0);
}

__asm__(".globl _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call nnrt_start_c\n"
        "  hlt\n");
