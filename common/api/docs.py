"""The API's description to read and try out: Swagger UI from our own files, under the strict policy."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def show_api_docs(request: HttpRequest) -> HttpResponse:
    """Show the API's description; works without the internet. (drf-spectacular's own page needs inline scripts.)"""
    return render(request, "common/api_docs.html")
