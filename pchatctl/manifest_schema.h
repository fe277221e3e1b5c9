/*
 * The JSON Schema (draft 2020-12) of a manifest, for editors and checkers: generated
 * from the table of fields. schema/manifest.schema.json is its output, kept current by
 * a test.
 */
#pragma once

#include "base/json.h"

void pchat_manifest_schema(struct pchat_buf *out);
