/*
 * listener.h - a server that says nothing until it is told to.  Failing calls
 * fail the test.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stddef.h>

/* A socket that listens on a free port of loopback, whose connections nobody
 * accepts until somebody does; its address goes to url. */
int listener_open(char *url, size_t size);
/* Accept one, and answer its request, whatever that says, with 201 and the
 * address url/t/x.  It may be called in any thread: false if it fails. */
bool listener_answer(int listener, const char *url);

#endif
