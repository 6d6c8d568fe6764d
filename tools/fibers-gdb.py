# SPDX-License-Identifier: MIT
"""Shows fibers in gdb, in a running daemon or a core file: gdb -x tools/fibers-gdb.py parleyd core

fibers          name, age and what it waits for of each suspended fiber
fibers bt [N]   the same with backtraces, of all or of number N
"""
import gdb
import gdb.unwinder

# What fiber_switch_asm saves, lowest address first, and the size of it all.
SAVED = {
    "i386:x86-64": (["r15", "r14", "r13", "r12", "rbx", "rbp", "rip"], 56, "rip", "rsp"),
    "aarch64": (["x29", "pc"] + ["x%d" % n for n in range(19, 29)], 160, "pc", "sp"),
}
FRAMES = 40


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class OneShot(gdb.unwinder.Unwinder):
    """Lets frame 0 have been called by a suspended fiber. Nothing is written to the program, so
    this works on core files too."""

    def __init__(self):
        super().__init__("fiber")
        self.sp = None

    def __call__(self, pending):
        if self.sp is None:
            return None
        sp, self.sp = self.sp, None
        names, size, pc_name, sp_name = SAVED[pending.architecture().name()]
        word = gdb.lookup_type("unsigned long")
        saved = gdb.Value(sp).cast(word.pointer())
        here = FrameId(pending.read_register(sp_name), pending.read_register(pc_name))
        info = pending.create_unwind_info(here)
        for i, name in enumerate(names):
            info.add_saved_register(name, saved[i].cast(word))
        info.add_saved_register(sp_name, gdb.Value(sp + size).cast(word))
        return info


def text(value):
    return value.string() if value else "?"


def backtrace(unwinder, sp):
    gdb.invalidate_cached_frames()
    gdb.newest_frame().select()
    unwinder.sp = sp
    gdb.invalidate_cached_frames()
    try:
        frame = gdb.newest_frame().older()
        for n in range(FRAMES):
            if frame is None or not frame.is_valid():
                break
            place = frame.find_sal()
            where = "%s:%d" % (place.symtab.filename, place.line) if place.symtab else "?"
            print("    #%d %s at %s" % (n, frame.name() or hex(frame.pc()), where))
            frame = frame.older()
    finally:
        unwinder.sp = None
        gdb.invalidate_cached_frames()


class Fibers(gdb.Command):
    """List suspended fibers; "fibers bt [N]" with backtraces."""

    def __init__(self):
        super().__init__("fibers", gdb.COMMAND_STACK)
        self.unwinder = OneShot()
        gdb.unwinder.register_unwinder(None, self.unwinder, True)

    def invoke(self, argument, from_tty):
        words = argument.split()
        only = int(words[1]) if len(words) > 1 else None
        symbol = gdb.lookup_static_symbol("fibers")
        if symbol is None:
            raise gdb.GdbError("no debug information of src/runtime/fiber.c")
        pool = symbol.value()
        tasks = gdb.lookup_global_symbol("runtime").value()["tasks"]
        suspended = int(gdb.lookup_static_symbol("FIBER_SUSPENDED").value())
        count = 0
        for number in range(int(pool["made"])):
            fiber = pool["all"][number]
            if int(fiber["state"]) != suspended or only not in (None, number):
                continue
            count += 1
            why = text(tasks[number]["wait_why"]) if tasks else "?"
            print('fiber %d "%s" waits for %s' % (number, text(fiber["name"]), why))
            if words[:1] == ["bt"]:
                if not any(f.name == "sp" for f in fiber["context"].type.fields()):
                    print("    this build switches with ucontext, which this script cannot follow")
                    continue
                backtrace(self.unwinder, int(fiber["context"]["sp"]))
        print("%d suspended" % count)


Fibers()
