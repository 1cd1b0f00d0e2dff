/*
 * processes.h - what a program and all below it used: for benches.
 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <sys/types.h>

#include <stdint.h>

/* CPU time, user and system, of pid and its living descendants. */
int64_t processes_cpu_us(pid_t pid);
/* Resident memory of pid and its living descendants. */
int64_t processes_resident_kb(pid_t pid);

#endif
