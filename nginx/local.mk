# SPDX-License-Identifier: MIT
# nginx's side: the site, the routes, the embedded queue's listener.
nginxdir = $(pkgdatadir)/nginx
dist_nginx_DATA = \
	nginx/balancer.conf \
	nginx/disparalead.conf \
	nginx/disparalead-fastcgi.conf \
	nginx/disparalead-locations.conf \
	nginx/disparalead-problems.conf \
	nginx/disparalead-upstreams.conf \
	nginx/local-queue.conf
