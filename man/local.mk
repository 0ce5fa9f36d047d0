# SPDX-License-Identifier: MIT
dist_man_MANS += man/disparalead.conf.5
dist_man_MANS += man/disparalead.1
dist_man_MANS += man/local-queue.8
dist_man_MANS += man/process-message.8
dist_man_MANS += man/launch-campaign.8
dist_man_MANS += man/campaign-status.8
dist_man_MANS += man/evolution-events.8
