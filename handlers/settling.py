"""帮助, 设置, 隐私, 取消, 人员."""

from handlers.routes import Routes

ROUTES = Routes()
