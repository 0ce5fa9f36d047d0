-- Every tenant's WhatsApp numbers.  $1 integer: at most so many.  Lines:
-- instance_name, token (a secret, may be NULL), parked_reason (NULL: not).
SELECT instance_name, token, parked_reason
FROM disparalead.doctor_instances($1::integer);
