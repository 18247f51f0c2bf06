"""LocalStack's default HTTP server (GATEWAY_SERVER=loopback), on the host of GATEWAY_LISTEN alone.

The default listens on every address, whatever GATEWAY_LISTEN says. LocalStack's other server does
not, and takes a third more CPU for each request.
"""

from localstack.runtime.server.core import RuntimeServerPlugin


class LoopbackServerPlugin(RuntimeServerPlugin):
    name = "loopback"

    def load(self, *args, **kwargs):
        from localstack.runtime.server.twisted import TwistedRuntimeServer
        from rolo.serving.twisted import TwistedGateway
        from twisted.internet import endpoints, reactor

        class LoopbackServer(TwistedRuntimeServer):
            def register(self, gateway, listen, ssl_creds=None) -> None:
                for at in listen:
                    endpoint = endpoints.TCP4ServerEndpoint(reactor, at.port, interface=at.host)
                    endpoint.listen(TwistedGateway(gateway))

        return LoopbackServer()
