-- What the database alone knows of the installation, for GET /metrics.
-- No parameters.  A row a figure: family text; label text (NULL: none); value
-- double precision, by family, as disparalead.gauges() lists them.  No locks.
SELECT g.family, g.label, g.value
FROM disparalead.gauges() g
ORDER BY g.family, g.label;
