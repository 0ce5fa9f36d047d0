-- Deliveries under way in all copies.  $1 integer: account.  One row: n.
SELECT count(*) AS n FROM local_queue.messages
WHERE account_id = $1::integer AND lease_token IS NOT NULL
  AND due_at > clock_timestamp();
