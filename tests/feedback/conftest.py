import pytest
from django.test import override_settings
from django.utils import timezone


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Nobody signs in here: the cast's passwords need no strong hash."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def now():
    return timezone.now()
