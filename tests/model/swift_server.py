#!/usr/bin/python3
"""swift_server ADDRESS - OpenStack Swift on this machine, from Debian's packages, until its standard input ends.

One process with a proxy (tempauth, S3) and a server each for accounts, containers and objects, on ports of ADDRESS that
the kernel chooses; their sockets are held before anything is told of them. The account `test` has the user `tester`
with the key `testing`. Writes "PROXY_PORT" and an empty line to standard output when it takes requests.
"""
import array
import logging
import os
import shutil
import sys
import tempfile

import eventlet
eventlet.monkey_patch()
from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingData  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402

KINDS = ('account', 'container', 'object')

SERVER = """
[DEFAULT]
devices = {folder}/devices
mount_check = false
swift_dir = {folder}
fallocate_reserve = 0
disable_fallocate = true
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

PROXY = """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats bulk s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_test_stranger = testing2
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
check_bucket_owner = false
location = eu-test-1
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class Memory:
    """What memcached is for a proxy: tokens are kept in it."""

    def __init__(self):
        self.values = {}

    def set(self, key, value, **_):
        self.values[key] = value

    def get(self, key, **_):
        return self.values.get(key)

    def incr(self, key, delta=1, **_):
        self.values[key] = self.values.get(key, 0) + delta
        return self.values[key]

    def delete(self, key, **_):
        self.values.pop(key, None)


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


def main():
    address = sys.argv[1]
    folder = tempfile.mkdtemp(prefix='espresso-swift-')
    try:
        serve(address, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def serve(address, folder):
    os.makedirs(folder + '/devices/sda')
    write(folder + '/swift.conf', '[swift-hash]\nswift_hash_path_suffix = end\n[storage-policy:0]\nname = one\ndefault = yes\n')
    utils.SWIFT_CONF_FILE = folder + '/swift.conf'
    utils.HASH_PATH_SUFFIX = b'end'
    reload_storage_policies()
    logger = logging.getLogger('quiet')
    logger.disabled = True
    logging.disable(logging.CRITICAL)
    for kind in KINDS:
        socket = eventlet.listen((address, 0))
        device = {'id': 0, 'region': 1, 'zone': 1, 'ip': address, 'port': socket.getsockname()[1], 'device': 'sda',
                  'weight': 1.0, 'replication_ip': address, 'replication_port': socket.getsockname()[1]}
        RingData([array.array('H', [0, 0])], [device], 31).save('%s/%s.ring.gz' % (folder, kind))
        start(socket, kind + '.conf', SERVER.format(kind=kind, folder=folder), folder, logger)
    socket = eventlet.listen((address, 0))
    start(socket, 'proxy.conf', PROXY.format(folder=folder), folder, logger, Memory())
    print('%d\n' % socket.getsockname()[1], flush=True)
    eventlet.tpool.execute(sys.stdin.buffer.read)


def start(socket, name, configuration, folder, logger, memory=None):
    write('%s/%s' % (folder, name), configuration)
    app = loadapp('%s/%s' % (folder, name))

    def with_memory(env, start_response):
        if memory is not None:
            env['swift.cache'] = memory
        return app(env, start_response)
    eventlet.spawn(wsgi.server, socket, with_memory, logger, protocol=SwiftHttpProtocol, log_output=False)


main()
