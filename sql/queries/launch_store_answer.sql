-- Keeps the answer of a launch for replays; the first one stays.
-- $1 uuid: tenant; $2 uuid: campaign; $3 jsonb: the answer.
-- One row: answer jsonb, the one that is kept. May run twice.
SELECT disparalead.launch_store_answer($1::uuid, $2::uuid, $3::jsonb)
	AS answer;
