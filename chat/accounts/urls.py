"""The paths of the account pages, under `/accounts/`."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from . import views

urlpatterns = [
    path("", views.account, name="account"),
    path("sign-up", views.SignUp.as_view(), name="sign-up"),
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("password", views.ChangePassword.as_view(), name="password"),
    path("delete", views.DeleteAccount.as_view(), name="delete-account"),
]
