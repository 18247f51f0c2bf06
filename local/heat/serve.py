"""Serves Heat's API on 127.0.0.1, a thread for each request: Heat has no such program any more.

serve.py PORT --config-file FILE
"""
import socketserver
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

port = int(sys.argv.pop(1))

from heat.api.openstack.wsgi import init_application  # noqa: E402 (it reads sys.argv)


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def address_string(self):
        return self.client_address[0]  # no reverse look-up


make_server("127.0.0.1", port, init_application(), Server, Handler).serve_forever()
