from django.db import migrations

from clients.wall import Wall

CONVERSATION = {"conversation_id": "feedback_conversation"}
CHANNEL = {"channel_id": "clients_channel"}
INTERACTION = {"interaction_id": "feedback_interaction"}


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_first"), ("campaigns", "0002_wall"), ("clients", "0002_wall")]
    operations = [
        migrations.RunSQL(
            """
            CREATE STATISTICS feedback_conversation_client_channel ON client_id, channel_id FROM feedback_conversation;
            CREATE STATISTICS feedback_interaction_client_channel ON client_id, channel_id FROM feedback_interaction;
            """,
            """
            DROP STATISTICS feedback_conversation_client_channel;
            DROP STATISTICS feedback_interaction_client_channel;
            """,
        ),
        Wall(
            "Conversation",
            parents=CHANNEL | {"campaign_id": "campaigns_campaign", "merged_into_id": "feedback_conversation"},
            referenced=True,
        ),
        Wall("Interaction", parents=CHANNEL | CONVERSATION, referenced=True),
        Wall("Revision", parents=INTERACTION, append_only=True),
        Wall("Correction", parents=INTERACTION, append_only=True),
        Wall("Step", parents=CONVERSATION, append_only=True),
        Wall("Note", parents=CONVERSATION, append_only=True),
        Wall("BlockedAuthor", parents=CHANNEL),
        Wall("Policy", referenced=True),
        Wall("PolicyVersion", parents={"policy_id": "feedback_policy"}, referenced=True, append_only=True),
        Wall("Clock", parents=CHANNEL | CONVERSATION | {"policy_version_id": "feedback_policyversion"}),
        Wall("Pause", parents=CONVERSATION),
        Wall("Alert", parents=CONVERSATION),
        Wall("Reply", parents=CHANNEL | CONVERSATION),
        Wall("InboundEvent", parents=CHANNEL),
        Wall("Import", parents=CHANNEL, referenced=True),
        Wall("Refusal", parents={"job_id": "feedback_import"}),
        Wall("ServiceDay", parents=CHANNEL),
        Wall("VolumeDay", parents=CHANNEL),
        Wall("DirtyDay"),
        migrations.RunSQL(
            """
            ALTER TABLE feedback_clock SET (autovacuum_vacuum_scale_factor = 0.02,
                autovacuum_analyze_scale_factor = 0.02, fillfactor = 90);
            ALTER TABLE feedback_dirtyday SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
            """,
            migrations.RunSQL.noop,
        ),
    ]
