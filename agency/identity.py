"""How a request proves whose it is: by a token, or by the session of somebody who signed in."""

from rest_framework import authentication, exceptions

from agency import tokens
from clients import access, factors


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer rsz_…`; request.user becomes the principal, request.auth the token."""

    def authenticate(self, request):
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = tokens.find(secret.strip())
        principal = token and access.of_token(token)
        if principal is None:
            raise exceptions.AuthenticationFailed("The token is unknown, expired or revoked.")
        return principal, token

    def authenticate_header(self, request):
        return 'Bearer realm="Resonanz"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of a signed-in person, with Django's protection against forged requests."""

    def authenticate(self, request):
        found = super().authenticate(request)
        principal = found and access.of_session(found[0], request.session)
        if principal and factors.missing(principal):
            raise exceptions.PermissionDenied("Your agency wants a code at each sign-in: set it up in your account.")
        return principal and (principal, None)
