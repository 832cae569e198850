"""How messages travel: JSON only, acknowledged late, soon given up where Redis is away. The rows are the queue."""

from django.conf import settings

broker_url = settings.REDIS_URL
broker_connection_retry_on_startup = True
broker_connection_timeout = 2
broker_transport_options = {
    "visibility_timeout": 3600,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "retry_on_timeout": True,
}
task_publish_retry = False
accept_content = ["json"]
task_serializer = result_serializer = "json"
task_ignore_result = True
enable_utc = True
timezone = "UTC"
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
task_soft_time_limit = 300
task_time_limit = 330
task_default_queue = "short"
task_queues = None
worker_hijack_root_logger = False
worker_cancel_long_running_tasks_on_connection_loss = False
