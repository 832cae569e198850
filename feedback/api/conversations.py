"""The inbox over REST: lists of conversations, one of them, its messages."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from agency.doors import ListView, View

from ..models import Conversation, Interaction
from . import filters, shapes
from .parameters import Asked

READ = {"GET": "inbox:read"}


class Conversations(Asked, ListView):
    """Conversations with their clocks, those that spoke last first."""

    rights = READ
    serializer_class = shapes.ConversationShape
    queryset = Conversation.objects.none()
    orderings = filters.ORDERINGS

    def rows(self):
        return filters.conversations(self)

    def paginate_queryset(self, queryset):
        return filters.named(super().paginate_queryset(queryset))

    @extend_schema(parameters=filters.CONVERSATION_PARAMETERS)
    def get(self, request):
        return super().get(request)


class OneConversation(Asked, View):
    rights = READ
    serializer_class = shapes.WholeConversation
    queryset = Conversation.objects.none()

    def get(self, request, id: int):
        return Response(self.shown(filters.whole(self, id)))


class Thread(Asked, ListView):
    """The messages of one conversation, the oldest first."""

    rights = READ
    serializer_class = shapes.InteractionShape
    queryset = Interaction.objects.none()
    page_ordering = "received_at"

    def get(self, request, id: int):
        return self.list(request)

    def rows(self):
        return filters.messages(self).filter(conversation=filters.plain(self, self.kwargs["id"]))
