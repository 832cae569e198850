"""What webhooks tell of posts and approvals: the API's fields that `outgoing` fills."""

from rest_framework import serializers

from ..vocabulary import Stage, Verdict
from .shapes import PostShape


class ToldPost(PostShape):
    evergreen = origin = media = created_at = updated_at = variants = publications = None
    link_check = allowed_actions = notices = None
    urls = serializers.DictField(child=serializers.CharField(), help_text="Where it is, by channel.")


class AboutPost(serializers.Serializer):
    post = ToldPost()
    by = serializers.EmailField(allow_null=True, help_text="Who; null: a rule, a network or somebody with a link.")
    channels = serializers.ListField(child=serializers.CharField(), required=False, help_text="Those concerned.")
    channel = serializers.CharField(required=False, help_text="With published, failed and missed.")
    reason = serializers.CharField(required=False, allow_blank=True)
    url = serializers.CharField(required=False, allow_blank=True)
    comment = serializers.CharField(required=False, allow_blank=True)


class AboutApproval(AboutPost):
    channel = url = None
    stage = serializers.ChoiceField(Stage.values)
    verdict = serializers.ChoiceField(Verdict.values, required=False, help_text="With approval.decided.")
    link = serializers.CharField(required=False, help_text="The name on the link by which it was decided.")
