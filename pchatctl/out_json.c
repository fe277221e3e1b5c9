#include "pchatctl/writer.h"

static void
json_record(struct pchat_json *j, const struct pchat_record *r)
{
	pchat_json_begin_object(j);
	for (size_t i = 0; i < r->cells.n; i++) {
		pchat_json_key(j, r->cells.v[i].name);
		pchat_cell_json(&r->cells.v[i], j);
	}
	pchat_json_end_object(j);
}

void
pchat_cell_json(const struct pchat_cell *cell, struct pchat_json *j)
{
	switch (cell->type) {
	case PCHAT_CELL_NULL:
		pchat_json_null(j);
		break;
	case PCHAT_CELL_TEXT:
		pchat_json_text(j, cell->text);
		break;
	case PCHAT_CELL_BOOL:
		pchat_json_bool(j, cell->flag);
		break;
	case PCHAT_CELL_UINT:
		pchat_json_uint(j, cell->number);
		break;
	case PCHAT_CELL_LIST:
		pchat_json_begin_array(j);
		for (size_t i = 0; i < cell->n; i++)
			pchat_json_text(j, cell->list[i]);
		pchat_json_end_array(j);
		break;
	case PCHAT_CELL_RECORD:
		json_record(j, cell->records);
		break;
	case PCHAT_CELL_RECORDS:
		pchat_json_begin_array(j);
		for (size_t i = 0; i < cell->n; i++)
			json_record(j, &cell->records[i]);
		pchat_json_end_array(j);
		break;
	}
}

/* ---- json ---- */

static void
json_begin(struct pchat_out *out)
{
	pchat_json_init(&out->json, out->buf, true);
	if (out->head.list)
		pchat_json_begin_array(&out->json);
}

static enum pchat_code
json_put(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	(void)err;
	json_record(&out->json, r);
	return PCHAT_OK;
}

static enum pchat_code
json_end(struct pchat_out *out, struct pchat_err *err)
{
	(void)err;
	if (out->head.list)
		pchat_json_end_array(&out->json);
	pchat_buf_char(out->buf, '\n');
	return PCHAT_OK;
}

const struct pchat_writer pchat_writer_json = { json_begin, json_put, json_end };

/* ---- jsonl ---- */

static enum pchat_code
jsonl_put(struct pchat_out *out, const struct pchat_record *r, struct pchat_err *err)
{
	struct pchat_json j;

	(void)err;
	pchat_json_init(&j, out->buf, false);
	json_record(&j, r);
	pchat_buf_char(out->buf, '\n');
	return PCHAT_OK;
}

const struct pchat_writer pchat_writer_jsonl = { NULL, jsonl_put, NULL };
