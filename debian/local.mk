# SPDX-License-Identifier: MIT
# The Debian package, and what tests it.
EXTRA_DIST += \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/disparalead.docs \
	debian/disparalead.examples \
	debian/disparalead.lintian-overrides \
	debian/disparalead.postinst \
	debian/disparalead.postrm \
	debian/disparalead.prerm \
	debian/rules \
	debian/source/format \
	debian/source/lintian-overrides \
	debian/source/options \
	debian/tests/control \
	debian/tests/integration
