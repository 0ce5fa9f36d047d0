-- Makes a tenant.  $1 text: its name; $2 uuid: its owner, or NULL.
-- One row: id uuid.
SELECT disparalead.add_tenant($1::text, $2::uuid) AS id;
