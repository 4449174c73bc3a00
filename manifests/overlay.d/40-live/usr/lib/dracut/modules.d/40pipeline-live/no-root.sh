#!/bin/sh
# Live media have no root= argument; their root file system is mounted by units.
if [ -e /etc/coreos-live-initramfs ]; then
    rootok=1
fi
