-- Gives a WhatsApp number to a tenant.  $1 uuid: the tenant; $2 text: the
-- instance's name at Evolution; $3 text: its token there, or NULL.
-- One row: result text (added, updated, unknown_tenant, taken).
SELECT disparalead.add_instance($1::uuid, $2::text, $3::text) AS result;
