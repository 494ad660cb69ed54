/* SPDX-License-Identifier: Apache-2.0
 * What fits which type of field. */
#include "resource/field.h"

unsigned field_ops(enum field_type t)
{
	switch (t) {
	case F_TEXT: case F_URL: return OPS_TEXT | OP_NE | OP_IN;
	case F_INT: case F_DECIMAL: case F_TIME: return OPS_RANGE | OP_NE | OP_IN;
	case F_BOOL: return OP_EQ | OP_NULL;
	case F_CODE: return OPS_CODE;
	case F_EDTF: return OPS_EDTF;
	case F_REF: return OP_EQ | OP_IN | OP_NULL;
	default: return 0;
	}
}
