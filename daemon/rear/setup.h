/*
 * setup.h - is an instance still what it was when it was asked?
 */
#ifndef REAR_SETUP_H
#define REAR_SETUP_H

#include "config/conf.h"
#include "ledger/order.h"

/*
 * A digest of the instance's module and settings, but for those that the
 * core keeps to itself (timeout, isolate, recycle).  Another network may
 * stand behind the same name once they change, which has never seen what
 * the first one was asked.  "" if the library fails: not known.
 */
void setup_digest(const struct conf_instance *, char text_r[LEDGER_WORD_MAX]);

#endif
