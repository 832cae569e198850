"""A small social network over real HTTP that misbehaves on request, for the demo and the tests.

It uses only the standard library and is started with `python -m clients.networks.sandbox_server`.

The network itself (JSON; `Authorization: Bearer` where the account has a token):
  GET  /api/{account}/interactions?cursor=&limit=   changes in their order: {"items", "cursor", "more"}
  POST /api/{account}/replies                       {thread_id, parent_id?, text, key} -> 201; same key 200
  GET  /api/{account}/replies?key=                  the reply as an item, or 404 with code "no_such_reply"
  POST /api/{account}/posts                         {key, text, title?, link?} -> 201; same key 200
  GET  /api/{account}/posts?key=                    the oldest post of the key, or 404 with code "no_such_post"
  GET  /api/{account}/numbers?post=                 counters of a post, or of the account without one
The public:
  POST /people/{account}/say                        {kind, author: {id, name, bot?}, text, external_id?,
                                                    thread_id?, parent_id?, direction?, stars?, created_at?}
  POST /people/{account}/bulk                       {"items": [as in say]}, at most 20,000
  POST /people/{account}/edit                       {external_id, text?, stars?}
  GET  /people/{account}/posts                      all posts; comments on one have its id as thread_id
  POST /people/{account}/count                      {post, counters: {impressions?, …}}; "" is the account
  POST /people/{account}/delete                     {external_id}; the item stays in the feed without its text
The hand behind the curtain:
  POST /control/{account}/token                     {token?, expired?}
  POST /control/{account}/webhook                   {url, secret}; url null ends it
  POST, DELETE /control/{account}/faults            see faults.py
  GET  /control/{account}/stats                     counts of replies by key and by text, of posts by key, of webhooks
  POST /control/reset                               empties everything
"""
