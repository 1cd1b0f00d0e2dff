/*
 * harden.h - what every process of tilld gives up.
 */
#ifndef SUPER_HARDEN_H
#define SUPER_HARDEN_H

/* No core file, no debugger, no new privileges by exec; as many
 * descriptors as are allowed. */
void harden(void);

#endif
