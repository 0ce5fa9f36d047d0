# SPDX-License-Identifier: MIT
# A socket and a service for each program, the sweeper's timer, the target.
# What all services, and all sockets, have in common is a drop-in that systemd
# reads for each unit named "disparalead-*".
UNIT_TEMPLATES = \
	systemd/disparalead-campaign-status.service.in \
	systemd/disparalead-control-campaign.service.in \
	systemd/disparalead-evolution-events.service.in \
	systemd/disparalead-launch-campaign.service.in \
	systemd/disparalead-local-queue.service.in \
	systemd/disparalead-process-message.service.in \
	systemd/disparalead-sweep.service.in
UNIT_DROPIN = systemd/disparalead-.service.d/50-common.conf
UNITS_MADE = $(UNIT_TEMPLATES:.service.in=.service)
EXTRA_DIST += $(UNIT_TEMPLATES) $(UNIT_DROPIN).in
CLEANFILES += $(UNITS_MADE) $(UNIT_DROPIN)

dist_systemdsystemunit_DATA = \
	systemd/disparalead-campaign-status.socket \
	systemd/disparalead-control-campaign.socket \
	systemd/disparalead-evolution-events.socket \
	systemd/disparalead-launch-campaign.socket \
	systemd/disparalead-local-queue.socket \
	systemd/disparalead-process-message.socket \
	systemd/disparalead-sweep.timer \
	systemd/disparalead.target
nodist_systemdsystemunit_DATA = $(UNITS_MADE)
servicedropindir = $(systemdsystemunitdir)/disparalead-.service.d
nodist_servicedropin_DATA = $(UNIT_DROPIN)
socketdropindir = $(systemdsystemunitdir)/disparalead-.socket.d
dist_socketdropin_DATA = systemd/disparalead-.socket.d/50-common.conf

# Directories are known to make alone: they may hang on ${prefix}.
INSTANTIATE = $(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) \
	-e 's|@''bindir@|$(bindir)|g' \
	-e 's|@''pkglibexecdir@|$(pkglibexecdir)|g' \
	-e 's|@''sysconfdir@|$(sysconfdir)|g'

$(UNITS_MADE): %.service: %.service.in Makefile
	$(INSTANTIATE) $< > $@.tmp && mv $@.tmp $@

$(UNIT_DROPIN): $(UNIT_DROPIN).in Makefile
	$(INSTANTIATE) $(srcdir)/$(UNIT_DROPIN).in > $@.tmp && mv $@.tmp $@

# The account and the sockets' directory, under the package's name.
EXTRA_DIST += systemd/sysusers.conf systemd/tmpfiles.conf
install-data-local:
	$(MKDIR_P) $(DESTDIR)$(prefix)/lib/sysusers.d \
	    $(DESTDIR)$(prefix)/lib/tmpfiles.d
	$(INSTALL_DATA) $(srcdir)/systemd/sysusers.conf \
	    $(DESTDIR)$(prefix)/lib/sysusers.d/$(PACKAGE).conf
	$(INSTALL_DATA) $(srcdir)/systemd/tmpfiles.conf \
	    $(DESTDIR)$(prefix)/lib/tmpfiles.d/$(PACKAGE).conf
uninstall-local:
	rm -f $(DESTDIR)$(prefix)/lib/sysusers.d/$(PACKAGE).conf \
	    $(DESTDIR)$(prefix)/lib/tmpfiles.d/$(PACKAGE).conf
