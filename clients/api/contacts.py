"""The clients' contacts over REST; for the agency's own people."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Slug, Strict, Text, Whole
from agency.schema import CLIENT

from .. import access, contacts
from ..models import Contact

RIGHTS = {"GET": contacts.READ, "POST": contacts.WRITE, "PATCH": contacts.WRITE, "DELETE": contacts.WRITE}


class ContactChange(Strict):
    name = Text(max_length=contacts.LENGTHS["name"])
    role = Text(required=False, allow_blank=True, max_length=contacts.LENGTHS["role"], help_text="What they do there.")
    phone = Text(required=False, allow_blank=True, max_length=contacts.LENGTHS["phone"])
    email = Text(required=False, allow_blank=True, max_length=contacts.LENGTHS["email"])
    preferred = serializers.ChoiceField(contacts.WAYS, required=False, allow_blank=True, help_text="How to reach them.")
    notes = Text(required=False, allow_blank=True, max_length=contacts.LENGTHS["notes"])
    call_order = Whole(
        required=False, allow_null=True, min_value=1, max_value=contacts.MOST,
        help_text="Their place in an emergency, 1 is called first; the others close up. null: not called.",
    )  # fmt: skip


class NewContact(ContactChange):
    client = Slug(source="client.slug")


class ContactShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    name = serializers.CharField()
    role = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    preferred = serializers.ChoiceField(("", *contacts.WAYS))
    notes = serializers.CharField()
    call_order = serializers.IntegerField(allow_null=True)
    created_at = Moment()
    updated_at = Moment()


class Contacts(ListView):
    """Whom to call or write to at the clients."""

    rights = RIGHTS
    serializer_class = ContactShape
    queryset = Contact.objects.none()

    def rows(self):
        client = self.named_client()
        ids = [client.id] if client else self.principal.client_ids
        return Contact.objects.filter(client_id__among=ids).select_related("client")

    @extend_schema(parameters=[CLIENT])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewContact, responses={201: ContactShape})
    def post(self, request):
        given = dict(self.body(NewContact))
        client = access.client(self.principal, given.pop("client")["slug"])
        contact = contacts.add(client=client, actor=self.principal.user, **given)
        return Response(self.shown(contact), status=201)


class OneContact(View):
    rights = RIGHTS
    serializer_class = ContactShape
    queryset = Contact.objects.none()

    def get(self, request, id: int):
        return Response(self.shown(contacts.one(self.principal.client_ids, id)))

    @extend_schema(request=ContactChange)
    def patch(self, request, id: int):
        contact, given = contacts.one(self.principal.client_ids, id), self.body(ContactChange, partial=True)
        return Response(self.shown(contacts.change(contact=contact, actor=self.principal.user, **given)))

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        contacts.remove(contact=contacts.one(self.principal.client_ids, id), actor=self.principal.user)
        return Response(status=204)
