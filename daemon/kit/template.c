/*
 * template.c - the files of new modules; kit_templates.h is the build's,
 * made by template.awk of what lies in the folder template.
 */
#include <stddef.h>

#include "kit/template.h"

#include "kit_templates.h"
