/*
 * notify.h - telling the service manager how we are (sd_notify(3)).
 */
#ifndef SUPER_NOTIFY_H
#define SUPER_NOTIFY_H

/* Send "READY=1", "STOPPING=1" ... to NOTIFY_SOCKET, if there is one;
 * nobody minds if it cannot be sent. */
void notify(const char *message);

#endif
