/*
 * protocol.h - what auth_pam and its helper say to each other.
 *
 * One message of a SOCK_SEQPACKET socket each way.  The question is the
 * user's name and the secret, each with its NUL; the answer is one of
 * the letters below, and behind it a text for the log, without a NUL.
 */
#ifndef AUTH_PAM_PROTOCOL_H
#define AUTH_PAM_PROTOCOL_H

#define PAM_HELPER_USER_MAX 64 /* octets of the user's name, with its NUL */
#define PAM_HELPER_SECRET_MAX 257 /* of the secret, with its NUL */
#define PAM_HELPER_TEXT_MAX 200
#define PAM_HELPER_ASK_MAX (PAM_HELPER_USER_MAX + PAM_HELPER_SECRET_MAX)
#define PAM_HELPER_ANSWER_MAX (1 + PAM_HELPER_TEXT_MAX)

#define PAM_HELPER_RIGHT 'r'
#define PAM_HELPER_WRONG 'w' /* the secret, or there is no such user */
#define PAM_HELPER_ACCOUNT 'a' /* right, but the account may not be used */
#define PAM_HELPER_FAILED 'f' /* PAM could not tell */

#endif
