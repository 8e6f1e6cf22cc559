"""The account pages' paths, under `/accounts/`."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from . import accounts

urlpatterns = [
    path("", accounts.account, name="account"),
    path("sign-up", accounts.SignUp.as_view(), name="sign-up"),
    path("sign-in", accounts.SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("password", accounts.ChangePassword.as_view(), name="password"),
    path("delete", accounts.DeleteAccount.as_view(), name="delete-account"),
]
