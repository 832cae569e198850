"""Every address of the product."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from agency import views
from config import health
from feedback import hooks

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("imprint/", views.imprint, name="imprint"),
    path("privacy/", views.privacy, name="privacy"),
    path("language/", include("django.conf.urls.i18n")),
    path("api/v1/", include("config.api")),
    path("hooks/<slug:network>/<slug:key>/", hooks.receive),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", views.documents(SpectacularSwaggerSplitView.as_view()), name="docs"),
    path("api/redoc/", views.documents(SpectacularRedocView.as_view()), name="redoc"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
