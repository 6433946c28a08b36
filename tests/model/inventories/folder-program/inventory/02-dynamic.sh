#!/bin/sh
echo '{"web": ["w"], "_meta": {"hostvars": {"w": {"from": "program"}}}}'
