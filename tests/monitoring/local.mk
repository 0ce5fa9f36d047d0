# SPDX-License-Identifier: MIT
# Alert rules and a real Prometheus; run by ./check, not by make check, because
# it installs one.
EXTRA_DIST += tests/integration/monitoring.test \
	tests/monitoring/disparalead.rules.test.yml \
	tests/monitoring/packages.txt tests/monitoring/run \
	doc/operations.md doc/operations.pt-BR.md \
	doc/monitoring/disparalead.rules.yml \
	doc/monitoring/grafana-dashboard.json doc/monitoring/prometheus.yml
