package main

import "syscall"

const faultCode = syscall.Errno(998) // ERROR_NOACCESS

// dieHard ends the process as C's abort does, with no more of it being run.
func dieHard() {
	self, _ := syscall.GetCurrentProcess()
	syscall.TerminateProcess(self, 3)
}
