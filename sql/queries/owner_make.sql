-- Makes a user an active owner of a tenant.  $1 uuid: the user; $2 uuid: the
-- tenant.  One row: is_made boolean, false where there is no such tenant.
SELECT disparalead.make_owner($1::uuid, $2::uuid) AS is_made;
