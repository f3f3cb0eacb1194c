package main

import (
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

const faultCode = syscall.EFAULT

// dieHard is C's abort. Go catches SIGABRT, and by default merely exits after it.
func dieHard() {
	debug.SetTraceback("crash")
	syscall.Kill(os.Getpid(), syscall.SIGABRT)
	time.Sleep(time.Minute) // another thread may be the one that gets it
}
