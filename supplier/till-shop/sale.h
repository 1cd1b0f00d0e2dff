/*
 * sale.h - one sale as a JSON document and as a copy of its own.
 */
#ifndef SALE_H
#define SALE_H

#include <jansson.h>

#include "shop.h"

/* NULL: out of memory; from_json also: not a sale. */
json_t *sale_to_json(const struct catalogue *, const struct sale *);
struct sale *sale_from_json(const struct catalogue *, json_t *);
struct sale *sale_copy(const struct sale *);

#endif
