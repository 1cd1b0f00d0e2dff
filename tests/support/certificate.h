/*
 * certificate.h - a certificate of a test's own.
 */
#ifndef SUPPORT_CERTIFICATE_H
#define SUPPORT_CERTIFICATE_H

/* NAME.pem and NAME.key in the scratch folder: signed by itself, for the
 * host NAME.example, for a day. */
void certificate_make(const char *name);

#endif
